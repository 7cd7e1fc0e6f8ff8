"""The invented people and stores of the console's shop, put into a migrated database."""

from sqlalchemy import insert

from assistant.store import tables
from tests.console.shop import CORP, NOW, Shop


def staff(shop: Shop) -> None:
    """A source, two guides with a conversation each, an admin."""
    with shop.database.begin() as tx:
        tx.execute(
            insert(tables.source).values(
                source_id="src", corp_id=CORP, root="r", name="f", sha256="0", version=1, ingested_at=NOW, report=[]
            )
        )
        for number, store_id in enumerate(("S1", "S2")):
            body = {"store_id": store_id, "name": f"{number + 1}号店", "region_id": "R1", "region_name": "华东"}
            tx.execute(insert(tables.shop_store).values(corp_id=CORP, store_id=store_id, source_id="src", body=body))
        for userid, role, store_id in (("guide1", "guide", "S1"), ("guide2", "guide", "S2"), ("admin", "admin", "")):
            tx.execute(
                insert(tables.person).values(
                    corp_id=CORP,
                    userid_folded=userid,
                    source_id="src",
                    userid=userid,
                    name=f"员工{userid}",
                    role=role,
                    store_id=store_id,
                    region_id="R1" if store_id else "",
                    active=True,
                )
            )
            tx.execute(
                insert(tables.conversation).values(
                    conversation_id=f"c-{userid}",
                    corp_id=CORP,
                    guide_folded=userid,
                    channel="wecom",
                    current_customer_id="",
                )
            )
